import { describe, expect, it } from 'vitest'
import { type ResourceEvent, ResourceIndex } from '../../../src/orchestrator/events/index.ts'
import { Dispatcher } from '../../../src/orchestrator/scheduler/dispatcher.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { resourceEvent } from '../../support/events.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const TENANT = '00000000-0000-0000-0000-0000000000aa'

function setUp() {
  const clock = new ManualClock()
  const delivered: ResourceEvent[] = []
  const dispatcher = new Dispatcher({
    workers: [
      {
        deliver: async (event) => {
          delivered.push(event)
        },
      },
    ],
    index: new ResourceIndex(),
    tenantOf: async () => TENANT,
    clock,
    logger: silentLogger,
  })
  /** It is known from now on; its ports were read from `asOf` on. */
  const learn = (resourceId: string, asOf: number, networkIds: readonly string[], gateways: readonly string[] = []) =>
    dispatcher.learn(
      {
        resourceId,
        driver: 'router',
        tenantId: TENANT,
        networkIds,
        externalNetworkIds: gateways,
        subnetIds: [],
        portIds: [],
      },
      asOf,
    )
  const portOf = (networkId: string): ResourceEvent =>
    resourceEvent({
      resourceId: null,
      tenantFrom: 'none',
      type: 'port.create.end',
      hints: { networkIds: [networkId], subnetIds: [], portIds: [], ownerTenantId: TENANT },
    })
  const toWhom = (): (string | null)[] => delivered.splice(0).map((event) => event.resourceId)
  return { clock, dispatcher, learn, portOf, toWhom }
}

describe('a router that is known to be on a network only after a message of that network', () => {
  it('is told of it when its ports were read before, whether others are there or nobody', async () => {
    const { clock, dispatcher, learn, portOf, toWhom } = setUp()
    learn('a', clock.now(), ['shared'])
    const asked = clock.now()
    await clock.advance(100)
    await dispatcher.dispatch(portOf('shared'))
    await dispatcher.dispatch(portOf('lonely'))
    expect(toWhom()).toEqual(['a'])
    await clock.advance(100)
    learn('b', asked, ['other', 'shared'])
    learn('c', asked, ['lonely'])
    expect(toWhom()).toEqual(['b', 'c'])
  })

  it('is told of the network also when a port there, none of a gateway’s business, was the last', async () => {
    const { clock, dispatcher, learn, portOf, toWhom } = setUp()
    const asked = clock.now()
    await dispatcher.dispatch({ ...portOf('public'), type: 'network.update.end' })
    await dispatcher.dispatch(portOf('public'))
    learn('b', asked, ['public'], ['public'])
    expect(toWhom()).toEqual(['b'])
  })

  it('is told once', async () => {
    const { clock, dispatcher, learn, portOf, toWhom } = setUp()
    await dispatcher.dispatch(portOf('shared'))
    learn('b', clock.now(), ['shared'])
    learn('b', clock.now(), ['shared'])
    learn('b', clock.now(), ['shared', 'another'])
    expect(toWhom()).toEqual(['b'])
  })

  it('is not told of what it has read, of other networks, and of a network where it has only its gateway', async () => {
    const { clock, dispatcher, learn, portOf, toWhom } = setUp()
    const early = clock.now()
    await dispatcher.dispatch(portOf('read'))
    await dispatcher.dispatch(portOf('public'))
    await clock.advance(1)
    learn('b', clock.now(), ['read', 'unheard-of'])
    learn('c', early, ['public'], ['public'])
    expect(toWhom()).toEqual([])
  })
})

it('tells every pass under way of a message that names neither a network nor anything known', async () => {
  const { dispatcher, toWhom } = setUp()
  const hints = { networkIds: [], subnetIds: ['unknown'], portIds: [] }
  await dispatcher.dispatch(resourceEvent({ resourceId: null, tenantFrom: 'none', type: 'subnet.update.end', hints }))
  expect(toWhom()).toEqual([null])
})
