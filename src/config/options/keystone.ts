import { bool, group, option, secret, str } from '../option.ts'
import { choice, url } from '../types/text.ts'

/** [DEFAULT]: which endpoints of the catalog are used. */
export const CATALOG_OPTIONS = {
  auth_region: str({ help: 'Region whose endpoints are used. Unset: the only or first one of the catalog.' }),
  endpoint_type: option(choice('publicURL', 'internalURL', 'adminURL', 'public', 'internal', 'admin'), {
    default: 'publicURL',
    help: 'Interface whose endpoints are used.',
  }),
}

export const KEYSTONE_GROUP = group(
  'Who the orchestrator is in Keystone: a password with user and project, or an application credential.',
  {
    auth_type: option(choice('password', 'v3password', 'v3applicationcredential'), {
      default: 'password',
      help: 'How to authenticate.',
      deprecated: [{ name: 'auth_plugin' }],
    }),
    auth_url: option(url('http', 'https'), {
      help: 'Keystone, with or without /v3. Needed by `astara run`, except with --embedded.',
      deprecated: [{ name: 'identity_uri' }, { name: 'auth_url', group: 'DEFAULT' }],
    }),
    username: str({
      help: 'User name.',
      deprecated: [{ name: 'user_name' }, { name: 'admin_user' }, { name: 'admin_user', group: 'DEFAULT' }],
    }),
    user_id: str({ help: 'User id, instead of user name and domain.' }),
    password: secret({
      help: 'Password of that user.',
      deprecated: [{ name: 'admin_password' }, { name: 'admin_password', group: 'DEFAULT' }],
    }),
    user_domain_name: str({ help: "Domain of the user, by name. When no domain is given it is 'Default'." }),
    user_domain_id: str({ help: 'Domain of the user, by id.' }),
    project_name: str({
      help: 'Project to work in: the one that owns the instances.',
      deprecated: [
        { name: 'tenant_name' },
        { name: 'admin_tenant_name' },
        { name: 'admin_tenant_name', group: 'DEFAULT' },
      ],
    }),
    project_id: str({ help: 'Project id, instead of project name and domain.', deprecated: [{ name: 'tenant_id' }] }),
    project_domain_name: str({ help: "Domain of the project, by name. When no domain is given it is 'Default'." }),
    project_domain_id: str({ help: 'Domain of the project, by id.' }),
    application_credential_id: str({ help: 'Application credential, by id.' }),
    application_credential_name: str({
      help: 'Application credential, by name; then its user (user_id, or username and domain) is needed too.',
    }),
    application_credential_secret: secret({ help: 'Secret of the application credential.' }),
    cafile: str({ help: 'File of the certificate authorities to trust for OpenStack endpoints, in PEM form.' }),
    insecure: bool({ default: false, help: 'Do not check the certificates of OpenStack endpoints.' }),
  },
)
