import { BadValue, type ValueType } from './value-type.ts'

/** How the orchestrator plugs its own port into the management network. */
export type InterfaceDriver = 'linuxbridge' | 'openvswitch' | 'none'

/** Names of the driver's class in the files of earlier releases. */
const CLASSES: Readonly<Record<string, InterfaceDriver>> = {
  OVSInterfaceDriver: 'openvswitch',
  BridgeInterfaceDriver: 'linuxbridge',
  NullDriver: 'none',
}
const CLASS_PATH = /^(?:astara|akanda\.rug)\.common\.linux\.interface\.(\w+)$/

/** One of three words, or the path of a class of an earlier release, which becomes the word. */
export const interfaceDriver: ValueType<InterfaceDriver> = {
  kind: 'linuxbridge | openvswitch | none',
  allowed:
    'one of linuxbridge, openvswitch, none, or astara.common.linux.interface.BridgeInterfaceDriver or OVSInterfaceDriver',
  parse(text) {
    const word = text.trim()
    if (word === 'linuxbridge' || word === 'openvswitch' || word === 'none') return word
    const className = CLASS_PATH.exec(word)?.[1]
    const found = className !== undefined && Object.hasOwn(CLASSES, className) ? CLASSES[className] : undefined
    if (found === undefined) throw new BadValue(this.allowed)
    return found
  },
  format: (value) => value,
}
