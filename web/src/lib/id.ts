/** A random 128-bit id. `crypto.randomUUID` needs HTTPS, which a clinic's local network may lack. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
