/** Fewer aliases than this cannot make very many values of a file that a person wrote. */
const harmlessAliases = 16

/** Whether a YAML text seems to have so many aliases that their repetitions are worth counting. Reads no YAML. */
export const hasManyAliases = (text: string): boolean =>
  (text.match(/(?:^|[\s,[{:-])\*[^\s,[\]{}]/gmu)?.length ?? 0) > harmlessAliases
