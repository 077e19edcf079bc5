import { stringify } from 'yaml'

export interface UserDataInput {
  /** Program in /usr/local/bin. */
  readonly bootCommand: string
  readonly macAddress: string
  readonly address: string
  /** Of management_prefix. */
  readonly prefixLength: number
  readonly sshPublicKey: string | null
}

/** The cloud-config that makes a fresh instance reachable on the management network. Plain text; Nova takes it base64-encoded. */
export function buildUserData(input: UserDataInput): string {
  const { bootCommand, macAddress, address, prefixLength, sshPublicKey } = input
  const config = {
    output: { all: '| tee -a /var/log/cloud-init-output.log' },
    bootcmd: [`/usr/local/bin/${bootCommand} ${macAddress} ${address}/${prefixLength}`],
    users: [
      {
        name: 'astara',
        gecos: 'Astara',
        groups: 'users',
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ...(sshPublicKey === null ? {} : { ssh_authorized_keys: [sshPublicKey.trim()] }),
      },
    ],
    final_message: 'Astara appliance is running',
  }
  // cloud-init reads YAML 1.1, where more plain words are booleans than in 1.2.
  return `#cloud-config\n${stringify(config, { version: '1.1', lineWidth: 0 })}`
}
