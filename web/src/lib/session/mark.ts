/**
 * The platform marks a browser in which somebody signed in. The refresh token itself cannot be seen from here, and asking
 * for a session that was never there is an error in the browser's console.
 */
const NAME = 'hounsfield_signed_in'

export const isMarked = (): boolean => document.cookie.split('; ').includes(`${NAME}=1`)

/** The session that was marked is over. */
export function dropMark(): void {
  document.cookie = `${NAME}=; Max-Age=0; Path=/; SameSite=Strict`
}
