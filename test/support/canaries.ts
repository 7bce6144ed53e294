/** The text in the encodings in which it could slip into a log: as it is, in an address, in base64. */
export function disguisesOf(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const base64 = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Letters that hold bits of what stands before or after it are not its own.
    const first = Math.ceil((offset * 8) / 6);
    return shifted.slice(first, Math.floor(((offset + bytes.length) * 8) / 6));
  });
  return [
    text,
    encodeURIComponent(text),
    encodeURIComponent(text).toLowerCase(),
    JSON.stringify(text).slice(1, -1),
    text.replaceAll(
      /[^\x20-\x7e]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
    bytes.toString('hex'),
    ...base64,
    ...base64.map((letters) => letters.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Which canaries sing in the text: their names, with the line they were found in. */
export function canariesIn(text: string, canaries: ReadonlyMap<string, string>): string[] {
  const lines = text.split('\n');
  return [...canaries].flatMap(([what, value]) => {
    const disguises = [...new Set(disguisesOf(value))];
    return lines
      .filter((line) => disguises.some((disguise) => line.includes(disguise)))
      .map((line) => `${what}: ${line.slice(0, 500)}`);
  });
}
