import { age } from '../../../cli/index.ts'
import type { Instance, Resource } from '../../../contract/index.ts'
import { type Line, labelled, plainLine } from '../../line.ts'
import { shown } from '../../text.ts'
import { stateToken, type Theme } from '../../theme.ts'

const when = (iso: string | null, now: number): Line =>
  iso === null
    ? [['muted', 'never']]
    : [
        [null, iso.slice(0, 19).replace('T', ' ')],
        ['muted', ` UTC  ${age(iso, now)} ago`],
      ]

const value = (text: string | null): Line => (text === null || text === '' ? [['muted', '-']] : [[null, shown(text)]])

function imageLine({ image_uuid: image, image_current: current }: Resource): Line {
  if (image === null) return [['muted', '-']]
  return [
    [null, shown(image)],
    current === null ? [null, ''] : current ? ['ok', '  LATEST'] : ['busy', '  OUT-OF-DATE'],
  ]
}

function instanceLines(instance: Instance, now: number): Line[] {
  const { alive } = instance
  return [
    [
      ['strong', `  ${shown(instance.name)}`],
      ['muted', `  ${shown(instance.id)}`],
    ],
    [
      [null, `    ${shown(instance.status)}  `],
      [
        alive === null ? 'muted' : alive ? 'ok' : 'bad',
        alive === null ? 'not looked at yet' : alive ? 'alive' : 'does not answer',
      ],
      [null, `  ${shown(instance.management_address ?? 'no address')}`],
      ['muted', instance.booted_at === null ? '' : `  up ${age(instance.booted_at, now)}`],
    ],
  ]
}

/** What is wrong and what happens next: why a resource is as it is, before anything else. */
function troubleLines({ last_error: error, debug }: Resource, now: number): Line[] {
  return [
    ...(debug === null
      ? []
      : [
          labelled('Debug mode', [
            ['busy', `of the ${debug.scope}`],
            [
              null,
              ` since ${age(debug.since, now)}${debug.by === null ? '' : ` by ${shown(debug.by)}`}${debug.reason === null ? '' : `: ${shown(debug.reason)}`}`,
            ],
          ]),
        ]),
    ...(error === null
      ? []
      : [
          labelled('Last error', [['bad', `${shown(error.code)}: ${shown(error.message)}`]]),
          labelled('', [
            ['muted', `${age(error.at, now)} ago`],
            [null, error.next_retry_at === null ? '' : `  tried again at ${error.next_retry_at.slice(11, 19)} UTC`],
          ]),
        ]),
  ]
}

/** The snapshot of one resource: how it is, why, and what it runs on. */
export function summaryLines(resource: Resource, theme: Theme, now: number): Line[] {
  const r = resource
  const alive = r.instances.filter((one) => one.alive === true).length
  return [
    labelled('State', [
      [stateToken(r.instance_state), `${theme.glyph(r.instance_state)} ${r.instance_state}`],
      ['muted', `  Neutron says ${shown(r.status ?? 'nothing')}`],
    ]),
    ...troubleLines(r, now),
    labelled('Machine', [
      [null, r.step],
      ['muted', `  action ${r.action ?? 'none'}`],
      [null, r.queue.length === 0 ? '' : `  queued: ${r.queue.join(', ')}`],
    ]),
    ...(r.attempts === 0 ? [] : [labelled('Boot attempts', [['busy', String(r.attempts)]])]),
    labelled('Last event', [...value(r.last_event_type), [null, '  '], ...when(r.last_event_at, now)]),
    labelled('Last alive', when(r.last_alive_at, now)),
    labelled('Configured', [
      ...when(r.configured_at, now),
      ['muted', r.config_fingerprint === null ? '' : `  ${shown(r.config_fingerprint).slice(0, 12)}`],
    ]),
    plainLine(''),
    labelled('Name', value(r.name)),
    labelled('Id', value(r.id)),
    labelled('Tenant', value(r.tenant_id)),
    labelled('Driver', value(r.driver)),
    labelled('Image', imageLine(r)),
    labelled('Networks', [
      [null, String(r.networks)],
      ['muted', '  (tab networks shows them)'],
    ]),
    labelled('Worker', [...value(r.worker), ['muted', ` on ${shown(r.host)}`]]),
    plainLine(''),
    [['header', `Instances  ${alive} alive of ${r.required_instances} required`]],
    ...(r.instances.length === 0
      ? [[['muted', '  none']] as Line]
      : r.instances.flatMap((one) => instanceLines(one, now))),
  ]
}
