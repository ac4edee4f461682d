// Pictures that the person asked to see. They come through the program, as data: the window itself fetches nothing.
import { backend } from '$lib/backend';

/** What a picture may be. SVG can hold more than a picture. */
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp);base64,[A-Za-z0-9+/=]+$/;
const KEPT = 24;

const known = new Map<string, string>();

/** The picture of an address, when it was loaded. */
export const pictureAt = (address: string): string | null => known.get(address) ?? null;

export async function loadPicture(address: string): Promise<void> {
  const data = await backend.loadImage(address);
  if (!PICTURE.test(data)) throw new Error('What is at that address is not a picture that can be shown here.');
  if (known.size >= KEPT) known.delete(known.keys().next().value ?? '');
  known.set(address, data);
}
