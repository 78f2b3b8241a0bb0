/** Fails while it loads. */
throw new RangeError('broken on purpose');
