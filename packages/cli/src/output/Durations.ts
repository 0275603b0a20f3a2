const second = 1000
const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A duration for people: `12 ms`, `1.2 s`, `2 min 5 s`. */
export const durationText = (milliseconds: number): string => {
  if (milliseconds < second) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / second).toFixed(1)} s`
  const seconds = Math.round(milliseconds / second)
  return `${Math.floor(seconds / minute)} min ${seconds % minute} s`
}

/** How long something has gone on, as a clock shows it: `0:07`, `12:30`, `1:02:03`. */
export const elapsedText = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / second))
  const two = (number: number): string => String(number).padStart(2, "0")
  const minutes = Math.floor(seconds / minute)
  return seconds < hour
    ? `${minutes}:${two(seconds % minute)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % minute)}`
}

/** An age for people, in the largest unit that fits: `40 s`, `5 min`, `3 h`, `2 d`. */
export const ageText = (seconds: number): string =>
  seconds < minute
    ? `${Math.max(0, Math.floor(seconds))} s`
    : seconds < hour
    ? `${Math.floor(seconds / minute)} min`
    : seconds < 2 * day
    ? `${Math.floor(seconds / hour)} h`
    : `${Math.floor(seconds / day)} d`
