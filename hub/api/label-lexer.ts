/** Tokens of a label selector's text form. */

/** A word, one of `! = == != > < ( ) ,`, or the end. */
export interface Token {
  readonly kind: 'word' | 'symbol' | 'end';
  readonly text: string;
}

const symbols = new Set(['!', '=', '==', '!=', '>', '<', '(', ')', ',']);
const isSpace = (char: string): boolean => char === ' ' || char === '\t' || char === '\r' || char === '\n';
const isSymbol = (char: string): boolean => '=!(),><'.includes(char);

/** Cuts `text` into tokens; never fails, what does not fit is found by the parser. */
export function lexSelector(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const char = text.charAt(at);
    if (isSpace(char)) {
      at += 1;
    } else if (isSymbol(char)) {
      const two = text.slice(at, at + 2);
      const symbol = two.length === 2 && symbols.has(two) ? two : char;
      tokens.push({ kind: 'symbol', text: symbol });
      at += symbol.length;
    } else {
      const start = at;
      while (at < text.length && !isSpace(text.charAt(at)) && !isSymbol(text.charAt(at))) at += 1;
      tokens.push({ kind: 'word', text: text.slice(start, at) });
    }
  }
  return tokens;
}
