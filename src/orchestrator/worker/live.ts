/** Something that others hold on to while it is exchanged behind them. */
export interface Live<T extends object> {
  /** Always the present one, whatever is asked of it. */
  readonly value: T
  swap(next: T): void
}

/** Makes `first` exchangeable. Methods belong to the object that was present when they were asked for. */
export function live<T extends object>(first: T): Live<T> {
  let present = first
  const value = new Proxy({} as T, {
    get(_target, key) {
      const property: unknown = Reflect.get(present, key)
      return typeof property === 'function' ? property.bind(present) : property
    },
  })
  return {
    value,
    swap(next) {
      present = next
    },
  }
}
