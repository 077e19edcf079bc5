import { readFileSync } from 'node:fs'

const folder = new URL('../fixtures/', import.meta.url)

/** Rows of a conformance vector file (`test/fixtures/vectors/<name>`): plain CSV, no quoting; the header line is checked and left out. */
export function vectorRows(name: string, columns: number): readonly (readonly string[])[] {
  const lines = readFileSync(new URL(`vectors/${name}`, folder), 'utf8').split(/\r?\n/)
  const rows = lines.slice(1).flatMap((line) => (line === '' ? [] : [line.split(',')]))
  const bad = rows.find((row) => row.length !== columns)
  if (bad) throw new Error(`${name}: expected ${columns} columns in ${bad.join(',')}`)
  if (rows.length === 0) throw new Error(`${name} is empty`)
  return rows
}

/** A JSON fixture, relative to `test/fixtures/`. */
export function jsonFixture(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, folder), 'utf8'))
}
