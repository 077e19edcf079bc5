export { addProfile } from './add.ts'
export { listProfiles, removeProfile, showProfile, useProfile } from './manage.ts'
