export { profileFile } from './folder.ts'
export { checkName, type Profile, type ProfileBook, readProfile } from './profile.ts'
export { openProfiles, type ProfileStore } from './store.ts'
