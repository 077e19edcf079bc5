import { string as arg } from '@oclif/core/args'
import { string } from '@oclif/core/flags'
import { CtlCommand } from '../../cli/index.ts'

/** Logs in to a router's instance. */
export default class Ssh extends CtlCommand {
  static override summary = "Log in to a router's instance over the management network, or run a command there."
  static override description =
    "Runs this machine's ssh as user astara; its exit status is the command's. Host keys are kept under the id of the instance, so a " +
    'rebuilt router is a new host and never a warning, while another machine at the address of a known instance is refused.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> my-router',
    '<%= config.bin %> <%= command.id %> 5f3c -- sudo iptables -L -n',
    '<%= config.bin %> <%= command.id %> 5f3c -i ~/.ssh/astara -- uptime',
  ]
  static override args = {
    router: arg({ required: true, ignoreStdin: true, description: 'Id, unique beginning of an id, or name.' }),
    command: arg({ multiple: true, ignoreStdin: true, description: 'What to run there, behind --; nothing: a shell.' }),
  }
  static override flags = {
    user: string({ char: 'l', default: 'astara', helpValue: 'NAME', summary: 'Account in the instance.' }),
    identity: string({ char: 'i', helpValue: 'FILE', summary: 'Private key for ssh.' }),
    instance: string({
      helpValue: 'INSTANCE',
      summary: 'Which of several: id, its beginning, or name [default: one that answers].',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ssh)
    const { user, identity, instance } = flags
    const status = await this.withClient(flags, async (context) => {
      const { sshTo } = await import('../../cli/ctl/index.ts')
      return await sshTo({
        ...context,
        text: args.router,
        driver: null,
        command: args.command ?? [],
        user,
        identity,
        instance,
        env: process.env,
      })
    })
    process.exitCode = status
  }
}
