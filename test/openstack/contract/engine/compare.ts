const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

/** Where two normalised values differ, as lines `path: <theirs> here <ours>`. */
export function differences(theirs: unknown, ours: unknown, path: string): readonly string[] {
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    const length = Math.max(theirs.length, ours.length)
    return Array.from({ length }, (_, index) => differences(theirs[index], ours[index], `${path}[${index}]`)).flat()
  }
  if (isObject(theirs) && isObject(ours)) {
    const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].sort()
    return keys.flatMap((key) => differences(theirs[key], ours[key], `${path}.${key}`))
  }
  return show(theirs) === show(ours) ? [] : [`${path}: ${show(theirs)} here ${show(ours)}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
