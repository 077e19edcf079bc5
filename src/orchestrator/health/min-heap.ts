interface Entry<T> {
  readonly at: number
  readonly value: T
}

/** A binary heap ordered by time: the earliest on top. */
export class MinHeap<T> {
  readonly #items: Entry<T>[] = []

  get size(): number {
    return this.#items.length
  }

  peek(): Entry<T> | undefined {
    return this.#items[0]
  }

  push(at: number, value: T): void {
    const items = this.#items
    const entry = { at, value }
    let index = items.length
    items.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = items[parent]
      if (!above || above.at <= at) break
      items[index] = above
      index = parent
    }
    items[index] = entry
  }

  pop(): Entry<T> | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (!top || !last || items.length === 0) return top
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const right = left + 1
      const l = items[left]
      if (!l) break
      const r = items[right]
      const child = r && r.at < l.at ? right : left
      const below = child === right && r ? r : l
      if (below.at >= last.at) break
      items[index] = below
      index = child
    }
    items[index] = last
    return top
  }
}
