import Browse from '../browse.ts'

/** The console, where the original had it. */
export default class CtlBrowse extends Browse {
  static override summary = 'Watch and steer every resource, live, on the whole screen (the same as astara browse).'
}
