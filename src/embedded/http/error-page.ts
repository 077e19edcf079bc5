/** The page with which WebOb answers where a service has no words of its own: Glance always, the others outside of their APIs. */
export function errorPage(status: number, title: string, text: string, detail = ''): string {
  return (
    `<html>\n <head>\n  <title>${status} ${title}</title>\n </head>\n <body>\n  <h1>${status} ${title}</h1>\n` +
    `  ${text}<br /><br />\n${detail}\n\n\n </body>\n</html>`
  )
}

/** Outside of its versions. */
export const NO_SUCH_PAGE = errorPage(404, 'Not Found', 'The resource could not be found.')
