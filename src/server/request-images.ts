// The bytes of a request's images, read when it is made: facts hold only their names.

import type { SessionId } from "../domain/ids.ts";
import { type Image, type ItemImage, isKept } from "../domain/image.ts";
import type { TranscriptItem } from "../domain/item.ts";
import { imagesOf } from "../domain/item.ts";
import type { Images } from "../engine/ports.ts";

/** More than 20 images make Anthropic refuse those over 2000 pixels; the newest are what is talked about. */
const REQUEST_IMAGES_MAX = 20;
/** Screenshots come one with each step: leaving out one more each time would make every request new to the provider's prompt cache. */
const SCREENSHOTS_AT_ONCE = 10;
/** In base64; Anthropic takes 32 MB for a whole request. */
const REQUEST_BASE64_MAX = 24 * 1024 * 1024;

/**
 * The same items, their newest images with their bytes. What does not fit, or is gone, stays a name, of which `replay` makes a line
 * of text. For a target without images nothing is read.
 */
export async function withImageBytes(
  items: readonly TranscriptItem[],
  from: { readonly session: SessionId; readonly takesImages: boolean; readonly images: Images; readonly bindsThinking?: boolean },
): Promise<readonly TranscriptItem[]> {
  if (!from.takesImages || !items.some((item) => imagesOf(item).some(isKept))) return items;
  const made: TranscriptItem[] = [];
  const countMax = imagesMax(items);
  let isCut = false;
  let count = 0;
  let base64Chars = 0;
  for (const item of items.toReversed()) {
    const images: ItemImage[] = [];
    for (const image of imagesOf(item)) {
      const chars = isKept(image) ? Math.ceil(image.bytes / 3) * 4 : image.base64.length;
      const hasRoom = count < countMax && base64Chars + chars <= REQUEST_BASE64_MAX;
      if (!hasRoom) isCut = true;
      const bytes = hasRoom && isKept(image) ? await from.images.read(from.session, image) : null;
      if (bytes === null || !isKept(image)) {
        images.push(image);
        continue;
      }
      count += 1;
      base64Chars += chars;
      images.push(imageOf(image, bytes));
    }
    made.push(images.length === 0 ? item : withImages(item, images));
  }
  const whole = made.reverse();
  // Reasoning that is bound to what stood before it would be refused, and the request with it.
  return isCut && from.bindsThinking === true ? whole.map(withoutSeal) : whole;
}

function withoutSeal(item: TranscriptItem): TranscriptItem {
  if (item.type !== "thought") return item;
  const { seal: _, ...rest } = item;
  return rest;
}

/** How many of the newest are shown. */
function imagesMax(items: readonly TranscriptItem[]): number {
  const all = items.reduce((sum, item) => sum + imagesOf(item).length, 0);
  const isMany = all > REQUEST_IMAGES_MAX && items.some((item) => item.type === "result" && imagesOf(item).length > 0);
  if (!isMany) return REQUEST_IMAGES_MAX;
  return all - Math.ceil((all - REQUEST_IMAGES_MAX) / SCREENSHOTS_AT_ONCE) * SCREENSHOTS_AT_ONCE;
}

function imageOf({ mime, width, height, path }: Extract<ItemImage, { digest: string }>, bytes: Uint8Array): Image {
  return { mime, width, height, name: path, base64: Buffer.from(bytes).toString("base64") };
}

function withImages(item: TranscriptItem, images: ItemImage[]): TranscriptItem {
  return item.type === "user" || item.type === "result" ? { ...item, images } : item;
}
