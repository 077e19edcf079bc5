import { stripVTControlCharacters } from 'node:util'
import { render } from 'ink-testing-library'
import { afterEach, describe, expect, it } from 'vitest'
import { DebugRouterApp } from '../../../src/tui/debug-router/app.tsx'
import { DebugModel } from '../../../src/tui/debug-router/model.ts'
import { themeOf } from '../../../src/tui/theme.ts'
import { ROUTER_ID, scriptedDebugger } from '../../orchestrator/debugger/scripted.ts'
import { until } from '../../support/program.ts'

let unmount = (): void => {}
afterEach(() => unmount())

describe('DebugRouterApp', () => {
  it('draws the model’s frames and gives it the keys and pastes', async () => {
    let changed = (): void => {}
    const { debug, world, clock } = scriptedDebugger({ onChange: () => changed() })
    world.alive = true
    const model = new DebugModel({
      debug,
      subject: { id: ROUTER_ID, name: 'r1', orchestrator: { target: 'http://there', held: true } },
      theme: themeOf('mono'),
      clock,
      exit: () => {},
    })
    changed = () => model.changed()
    const app = render(<DebugRouterApp model={model} />)
    unmount = app.unmount
    const see = (text: string): Promise<string> =>
      until(
        () => stripVTControlCharacters(app.lastFrame() ?? ''),
        (frame) => frame.includes(text),
        5_000,
      )
    model.start()
    await see('Ready.')
    app.stdin.write('s')
    await see('*Alive*')
    app.stdin.write(':')
    await see('Enter do it')
    app.stdin.write('\u001b[200~next\n\u001b[201~')
    await see(':next')
    app.stdin.write('\r')
    await see('configured')
    expect(debug.machine).toMatchObject({ step: 'CalcAction', instance_state: 'configured' })
  })
})
