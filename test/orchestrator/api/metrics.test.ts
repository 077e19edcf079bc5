import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../src/orchestrator/api/index.ts'

/** Lines of one metric, without comments. */
const lines = (text: string, name: string): string[] => text.split('\n').filter((line) => line.startsWith(name))

describe('metrics', () => {
  it('have the names of the operator contract', async () => {
    const metrics = createMetrics()
    metrics.apiCalls({ service: 'nova', method: 'GET', path: '/servers/{id}', status: '200', count: 2, seconds: 0.5 })
    metrics.parked('bad_json')
    const text = await metrics.text()
    const names = new Set([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((m) => `${m[1]} ${m[2]}`))
    expect(names).toEqual(
      new Set([
        'astara_resources gauge',
        'astara_events_total counter',
        'astara_events_parked_total counter',
        'astara_steps_total counter',
        'astara_step_seconds summary',
        'astara_queue_depth gauge',
        'astara_queue_age_seconds gauge',
        'astara_api_calls_total counter',
        'astara_api_call_seconds summary',
        'astara_config_pushes_total counter',
        'astara_alive_checks_total counter',
        'astara_boots_total counter',
        'astara_replacements_total counter',
        'astara_worker_restarts_total counter',
      ]),
    )
  })

  it('know every label value before anything has happened', async () => {
    const text = await createMetrics().text()
    expect(lines(text, 'astara_resources{')).toHaveLength(2 * 9)
    expect(lines(text, 'astara_events_total{')).toHaveLength(7 * 7)
    expect(lines(text, 'astara_steps_total{')).toHaveLength(12 * 2)
    expect(lines(text, 'astara_step_seconds_count{')).toHaveLength(12)
    expect(lines(text, 'astara_queue_depth{')).toHaveLength(3)
    expect(text).toContain('astara_config_pushes_total{result="rejected"} 0')
    expect(text).toContain('astara_worker_restarts_total 0')
    const values = text.split('\n').filter((line) => line.startsWith('astara_'))
    expect(values.every((line) => line.endsWith(' 0'))).toBe(true)
  })

  it('add up what workers report in bulk', async () => {
    const metrics = createMetrics()
    metrics.step('Alive', 'ok', 1.5, 3)
    metrics.step('Alive', 'failed', 0.5)
    metrics.event('notification', 'update', 10)
    metrics.boot('requested')
    metrics.aliveCheck('dead', 2)
    metrics.configPush('accepted')
    metrics.workerRestart()
    metrics.apiCalls({ service: 'nova', method: 'GET', path: '/servers', status: '200', count: 2, seconds: 0.5 })
    metrics.setQueue({ operator: 1, event: 2, resync: 3 }, 4)
    const text = await metrics.text()
    for (const line of [
      'astara_step_seconds_sum{step="Alive"} 2',
      'astara_step_seconds_count{step="Alive"} 4',
      'astara_steps_total{step="Alive",result="ok"} 3',
      'astara_steps_total{step="Alive",result="failed"} 1',
      'astara_events_total{source="notification",action="update"} 10',
      'astara_boots_total{result="requested"} 1',
      'astara_alive_checks_total{result="dead"} 2',
      'astara_config_pushes_total{result="accepted"} 1',
      'astara_worker_restarts_total 1',
      'astara_api_call_seconds_sum{service="nova",method="GET",path="/servers"} 0.5',
      'astara_queue_depth{priority="resync"} 3',
      'astara_queue_age_seconds 4',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
  })

  it('forget resources that are gone', async () => {
    const metrics = createMetrics()
    metrics.setResources([{ driver: 'router', state: 'booting', count: 5 }])
    metrics.setResources([{ driver: 'router', state: 'configured', count: 4 }])
    const text = await metrics.text()
    expect(text).toContain('astara_resources{driver="router",instance_state="booting"} 0')
    expect(text).toContain('astara_resources{driver="router",instance_state="configured"} 4')
  })

  it('include the process when asked', async () => {
    expect(await createMetrics({ processMetrics: true }).text()).toContain('process_cpu_user_seconds_total')
  })
})
