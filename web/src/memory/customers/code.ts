/** Nobody reads out, or writes down, more than this. */
const readableLength = 32

/** Whether a code can be read out; a coupon is too long and is copied instead. */
export const readable = (code: string) => code.length <= readableLength

/** What a coupon is known by on the screen. */
export const shortened = (coupon: string) => `${coupon.slice(0, 8)}…${coupon.slice(-4)}`

/** A text in which a word stands for a coupon that nobody could read. */
export const withoutCoupon = (text: string, code: string | null | undefined, word: string) =>
  code && !readable(code) ? text.replaceAll(code, word) : text
