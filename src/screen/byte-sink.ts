// A growing buffer of bytes for one frame; reused, so that a frame allocates nothing.

export class ByteSink {
  bytes: Buffer = Buffer.allocUnsafe(64 * 1024);
  length = 0;

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** `text` holds ASCII only. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i += 1) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** A whole number from 0, in decimal. */
  number(value: number): void {
    if (value >= 10) this.number((value / 10) | 0);
    this.byte(0x30 + (value % 10));
  }

  utf8(codePoint: number): void {
    this.reserve(4);
    if (codePoint < 0x80) {
      this.bytes[this.length++] = codePoint;
    } else if (codePoint < 0x800) {
      this.bytes[this.length++] = 0xc0 | (codePoint >> 6);
      this.bytes[this.length++] = 0x80 | (codePoint & 0x3f);
    } else if (codePoint < 0x10000) {
      this.bytes[this.length++] = 0xe0 | (codePoint >> 12);
      this.bytes[this.length++] = 0x80 | ((codePoint >> 6) & 0x3f);
      this.bytes[this.length++] = 0x80 | (codePoint & 0x3f);
    } else {
      this.bytes[this.length++] = 0xf0 | (codePoint >> 18);
      this.bytes[this.length++] = 0x80 | ((codePoint >> 12) & 0x3f);
      this.bytes[this.length++] = 0x80 | ((codePoint >> 6) & 0x3f);
      this.bytes[this.length++] = 0x80 | (codePoint & 0x3f);
    }
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, "utf8");
  }
}
