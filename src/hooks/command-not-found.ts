import type { Hook } from '@oclif/core/hooks'
import { AstaraError, nearest } from '../shared/index.ts'

/** Called by oclif for a command that does not exist: says so, and which one was most likely meant. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const words = (name: string): string => name.replaceAll(':', ' ')
  const known = [...config.commandIDs, ...config.topics.map((topic) => topic.name)].map(words)
  const typed = words(id)
  const near = nearest(typed, known)
  throw new AstaraError('usage', `"${typed}" is not a command of ${config.bin}.`, {
    suggestions: [
      ...(near === null ? [] : [`Did you mean: ${config.bin} ${near}`]),
      `All commands: ${config.bin} --help`,
    ],
  })
}

export default commandNotFound
