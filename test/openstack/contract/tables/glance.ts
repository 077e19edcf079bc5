import { glance, type Script } from '../engine/step.ts'

const all = '/v2/images'

export const images: Script = {
  name: 'images',
  steps: [
    glance('the versions', 'GET', '/', undefined, { as: 'nobody' }),
    glance('show', 'GET', `${all}/{image}`, undefined, { as: 'service' }),
    glance('show as a tenant', 'GET', `${all}/{image}`, undefined, { as: 'tenant' }),
    glance('list by name', 'GET', `${all}?name=astara`),
    glance('an unknown image', 'GET', `${all}/11111111-2222-4333-8444-555555555555`),
    glance('what is no id', 'GET', `${all}/c-x`),
    glance('a page', 'GET', `${all}?limit=1&name=astara`),
    glance('an unknown marker', 'GET', `${all}?marker=11111111-2222-4333-8444-555555555555`),
    glance('a limit that is no number', 'GET', `${all}?limit=some`),
    glance(
      'create',
      'POST',
      all,
      { name: 'c-image', disk_format: 'raw', container_format: 'bare' },
      {
        save: { made: 'id' },
      },
    ),
    glance('a wrong format', 'POST', all, { name: 'c-image', disk_format: 'floppy', container_format: 'bare' }),
    glance('upload', 'PUT', `${all}/{made}/file`, undefined, {
      raw: 'c-image',
      headers: { 'Content-Type': 'application/octet-stream' },
    }),
    glance('it is active', 'GET', `${all}/{made}`, undefined, { until: ({ body }) => body.status === 'active' }),
    glance('show one of others', 'GET', `${all}/{made}`, undefined, { as: 'tenant' }),
    glance('delete one of others', 'DELETE', `${all}/{image}`, undefined, { as: 'tenant' }),
    glance('delete', 'DELETE', `${all}/{made}`),
    glance('delete again', 'DELETE', `${all}/{made}`),
    glance('without a token', 'GET', all, undefined, { as: 'nobody' }),
    glance('with a worthless token', 'GET', all, undefined, { as: 'stranger' }),
  ],
}
