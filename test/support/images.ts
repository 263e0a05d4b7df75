// Images for tests: as small as their format allows, with the size in the header that is asked for. A picture viewer may not like them.

export function png(width: number, height: number, padding = 0): Buffer {
  const header = Buffer.alloc(33 + padding);
  header.write("\u0089PNG\r\n\u001a\n", 0, "latin1");
  header.writeUInt32BE(13, 8);
  header.write("IHDR", 12, "latin1");
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}

export function gif(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(14);
  bytes.write("GIF89a", 0, "latin1");
  bytes.writeUInt16LE(width, 6);
  bytes.writeUInt16LE(height, 8);
  return bytes;
}

/** With a preview before the picture, as cameras make them: an APP1 segment that holds another JPEG's beginning. */
export function jpeg(width: number, height: number, previewBytes = 70_000): Buffer {
  const preview = Buffer.alloc(Math.min(previewBytes, 65_533));
  Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1]).copy(preview, 100);
  const segment = (marker: number, body: Buffer): Buffer => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(body.length + 2, 2);
    return Buffer.concat([head, body]);
  };
  const frame = Buffer.alloc(9);
  frame[0] = 8;
  frame.writeUInt16BE(height, 1);
  frame.writeUInt16BE(width, 3);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe1, preview),
    segment(0xc4, Buffer.alloc(20)),
    segment(0xc2, frame),
    Buffer.from([0xff, 0xd9]),
  ]);
}

export function webp(form: "VP8 " | "VP8L" | "VP8X", width: number, height: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write("RIFF", 0, "latin1");
  bytes.write("WEBP", 8, "latin1");
  bytes.write(form, 12, "latin1");
  if (form === "VP8 ") {
    bytes.writeUInt16LE(width, 26);
    bytes.writeUInt16LE(height, 28);
  } else if (form === "VP8L") bytes.writeUInt32LE(((height - 1) << 14) | (width - 1), 21);
  else {
    bytes.writeUIntLE(width - 1, 24, 3);
    bytes.writeUIntLE(height - 1, 27, 3);
  }
  return bytes;
}
