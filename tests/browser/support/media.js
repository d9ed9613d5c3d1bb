// Pictures and films that a browser makes, since nothing else here encodes them.

/** A film of a second: a white square moves over green. */
export async function recorded(app) {
  const text = await app.page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
    const brush = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: "video/webm" });
    const pieces = [];
    const ended = new Promise(resolve => {
      recorder.ondataavailable = ({ data }) => pieces.push(data);
      recorder.onstop = resolve;
    });
    recorder.start();
    for (let frame = 0; frame < 60; frame++) {
      brush.fillStyle = "#283";
      brush.fillRect(0, 0, 320, 240);
      brush.fillStyle = "#fff";
      brush.fillRect(frame * 4, 100, 40, 40);
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
    return bytes.toBase64();
  });
  return Buffer.from(text, "base64");
}

/**
 * A JPEG of 800 by 400 pixels, its left half red, its right half blue; `turned` says in its EXIF
 * data that it is to be shown turned by a quarter, red on top.
 */
export async function photo(app, turned) {
  const text = await app.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(800, 400);
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#f00";
    brush.fillRect(0, 0, 400, 400);
    brush.fillStyle = "#00f";
    brush.fillRect(400, 0, 400, 400);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
    return new Uint8Array(await blob.arrayBuffer()).toBase64();
  });
  const jpeg = Buffer.from(text, "base64");
  if (!turned) return jpeg;
  const tiff = Buffer.from("4d4d002a00000008000101120003000000010006000000000000", "hex");
  const exif = Buffer.concat([Buffer.from("Exif\0\0"), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}
