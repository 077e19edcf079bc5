import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { renderStateMachine } from '../../../scripts/generate-state-diagram.ts'
import { graph } from '../../../src/orchestrator/lifecycle/index.ts'

it('docs/state-machine.md is what the transition table says (else: node scripts/generate-state-diagram.ts)', () => {
  expect(readFileSync(new URL('../../../docs/state-machine.md', import.meta.url), 'utf8')).toBe(renderStateMachine())
})

it('the diagram has every edge of the graph', () => {
  const text = renderStateMachine()
  for (const { from, to } of graph().edges) if (from !== 'Exit') expect(text).toContain(`  ${from} --> ${to} : `)
})
