import { describe, expect, it } from 'vitest'
import { escapeControls, redactText } from '../../src/shared/index.ts'

describe('redactText', () => {
  it.each([
    ['rabbit://u:p@h1:5672/vhost', 'rabbit://***:***@h1:5672/vhost'],
    ['rabbit://u:p@h1,u2:p2@h2', 'rabbit://***:***@h1,***:***@h2'],
    ['rabbit://u:p@h1:5672,u2:p2@h2:5672,h3/vhost', 'rabbit://***:***@h1:5672,***:***@h2:5672,h3/vhost'],
    ['rabbit://h1:5672,u:p@[::1]:5672', 'rabbit://h1:5672,***:***@[::1]:5672'],
    ['redis://:p@h', 'redis://***:***@h'],
    ['http://u:p@ss@h/x', 'http://***:***@h/x'],
    ['http://a:b@c,http://d:e@f', 'http://***:***@c,http://***:***@f'],
    ['mysql+pymysql://u:p@h/astara?x=1', 'mysql+pymysql://***:***@h/astara?x=1'],
    ['etcd3+https://u:p@h', 'etcd3+https://***:***@h'],
  ])('masks %s', (written, shown) => {
    expect(redactText(written)).toBe(shown)
  })

  it.each([
    'http://[fdca:3ba5::1]:5000/v1',
    'http://controller:5000/v3 as alice@example.org',
    'to http://h:80, then mail: a@b',
    'amqp://guest@h',
    'no URL: a:b@c',
  ])('leaves %s alone', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('leaves a line of JSON what it is', () => {
    const record = { url: 'rabbit://u:p@h1,u2:p2@h2', at: 'http://h:80', user: 'x:y@z', list: ['http://a:b', 'c:d@e'] }
    expect(JSON.parse(redactText(JSON.stringify(record)))).toEqual({ ...record, url: 'rabbit://***:***@h1,***:***@h2' })
  })

  it('takes no time for long texts', () => {
    const started = performance.now()
    redactText(`${'a'.repeat(500_000)} http://${'a'.repeat(500_000)}`)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('escapeControls', () => {
  it('shows what would steer a terminal', () => {
    expect(escapeControls('a\u001b]52;c;x\u0007\r\u202eb')).toBe('a\\u001b]52;c;x\\u0007\\u000d\\u202eb')
  })
})
