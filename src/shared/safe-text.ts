/** What stands between `://` and the path; a second URL directly behind it is not part of it. Quotes end it: log lines are JSON. */
const AUTHORITY = /:\/\/((?:(?!\w{1,20}:\/\/)[^\s/?#"'<>])+)/g
/** A broker URL names several hosts, each with credentials of its own. */
const CREDENTIALS = /(^|,)[^,]*?:[^,]*@/g

/** Masks the credentials in any URL that stands in `text`. */
export function redactText(text: string): string {
  return text.replaceAll(AUTHORITY, (_, authority: string) => `://${authority.replaceAll(CREDENTIALS, '$1***:***@')}`)
}

/** C0, DEL, C1 and bidirectional controls: text from tenants must not steer a terminal or forge a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming control characters is this expression's purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Shows control characters instead of obeying them. */
export function escapeControls(text: string): string {
  return text.replaceAll(CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
