/**
 * Data views of byte arrays, made once for each. Runs of some ten bytes are copied by them in words of four at any
 * alignment, several times as fast as byte by byte, and without the call that `TypedArray.set` is.
 */

const views = new WeakMap<Uint8Array, DataView>();

/** The view of the same bytes. */
export function dataViewOf(bytes: Uint8Array): DataView {
  let view = views.get(bytes);
  if (view === undefined) {
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    views.set(bytes, view);
  }
  return view;
}
