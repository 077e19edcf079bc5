/** Terminals refuse more than this. */
const LIMIT = 74_994

/** The control sequence (OSC 52) that puts text on the clipboard of the terminal, also through ssh; null when it is too long. */
export function clipboardSequence(text: string): string | null {
  const encoded = Buffer.from(text, 'utf8').toString('base64')
  return encoded.length > LIMIT ? null : `\u001b]52;c;${encoded}\u0007`
}
