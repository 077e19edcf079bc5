export { profileFile } from './folder.ts'
export { loadConf } from './load-conf.ts'
export { checkName, type Profile } from './profile.ts'
export { openProfiles, type ProfileStore } from './store.ts'
