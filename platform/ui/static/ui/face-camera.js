// The camera that enrols a face: <form data-face-camera="address that judges a frame">.
// A frame a second is judged on the server, which says what to do better. Once one suffices, some
// more are taken and the form is sent with all of them. Nothing is stored in the browser.
(function () {
  "use strict";
  const JUDGE_EVERY_MS = 1000;
  const TAKE_EVERY_MS = 200;
  const FRAMES = 5;
  const LONGEST_SIDE = 1280;
  const QUALITY = 0.85;
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  function frameOf(video) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
  }

  class FaceCamera {
    constructor(form) {
      const part = (name) => form.querySelector(`[data-face-${name}]`);
      this.form = form;
      this.video = part("video");
      this.view = part("view");
      this.line = part("hint");
      this.startButton = part("start");
      this.stopButton = part("stop");
      this.input = form.querySelector("input[type=file]");
      this.stream = null;
      part("live").hidden = false;
      part("file").open = false;
      this.startButton.addEventListener("click", () => this.start());
      this.stopButton.addEventListener("click", () => { this.stop(); this.say(""); });
      window.addEventListener("pagehide", () => this.stop());
    }

    say(text) {
      // A screen reader reads a line only where it changes.
      if (this.line.textContent !== text) this.line.textContent = text;
    }

    async start() {
      this.startButton.hidden = true;
      this.say(this.form.dataset.textStarting);
      try {
        const wanted = { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } };
        this.stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
        this.video.srcObject = this.stream;
        this.view.hidden = false;
        this.stopButton.hidden = false;
        this.stopButton.focus();
        await this.video.play();
      } catch (error) {
        this.stop();
        this.say(this.form.dataset.textDenied);
        this.form.querySelector("[data-face-file]").open = true;
        return;
      }
      this.say(this.form.dataset.textLook);
      await this.watch(this.stream);
    }

    stop() {
      for (const track of this.stream ? this.stream.getTracks() : []) track.stop();
      this.stream = null;
      this.video.srcObject = null;
      this.view.hidden = true;
      this.stopButton.hidden = true;
      this.startButton.hidden = false;
      delete this.form.dataset.faceState;
    }

    async watch(stream) {
      while (this.stream === stream) {
        const began = performance.now();
        const frame = await frameOf(this.video);
        const found = await this.judge(frame);
        if (this.stream !== stream) return;
        if (found.suffices) {
          await this.take(frame);
          return;
        }
        this.say(found.hint);
        await pause(Math.max(0, JUDGE_EVERY_MS - (performance.now() - began)));
      }
    }

    async judge(frame) {
      try {
        const answer = await fetch(this.form.dataset.faceCamera, {
          method: "POST",
          headers: { "Content-Type": "image/jpeg", "X-CSRFToken": token() },
          body: frame,
        });
        return await answer.json();
      } catch (error) {
        return { suffices: false, hint: this.form.dataset.textFailed };
      }
    }

    async take(first) {
      this.form.dataset.faceState = "good";
      this.say(this.form.dataset.textTaking);
      const frames = [first];
      while (frames.length < FRAMES) {
        await pause(TAKE_EVERY_MS);
        frames.push(await frameOf(this.video));
      }
      const chosen = new DataTransfer();
      frames.forEach((each, n) => chosen.items.add(new File([each], `${n}.jpg`, { type: "image/jpeg" })));
      this.input.multiple = true;
      this.input.files = chosen.files;
      this.stop();
      this.startButton.hidden = true;
      this.say(this.form.dataset.textSending);
      this.form.requestSubmit();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("[data-face-camera]");
    if (form && navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.DataTransfer) {
      new FaceCamera(form);
    }
  });
})();
