// The picture around the button: every landmark the server finds lights up as a star, its angle
// the time (one turn is four seconds), its distance from the middle the pitch.
const TURN_MS = 4000;
const LIFE_MS = 5000;
const LOW_HZ = 150;
const HIGH_HZ = 4000;

export class Sky {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.stars = [];
    this.level = 0;
    this.on = false;
  }

  start() {
    this.stars = [];
    this.on = true;
    cancelAnimationFrame(this.frame); // stars of the last time may still be fading
    this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  stop() {
    this.on = false;
    this.level = 0;
  }

  add(landmarks) {
    const born = performance.now();
    for (const [time, hertz] of landmarks.slice(-120)) {
      const pitch = Math.log(hertz / LOW_HZ) / Math.log(HIGH_HZ / LOW_HZ);
      const angle = (2 * Math.PI * time) / TURN_MS - Math.PI / 2;
      this.stars.push({ angle, pitch: Math.min(1, Math.max(0, pitch)), born });
    }
  }

  draw(now) {
    const { context, canvas } = this;
    const middle = canvas.width / 2;
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.stars = this.stars.filter((star) => now - star.born < LIFE_MS);
    if (this.on) {
      context.strokeStyle = `rgba(255, 107, 74, ${0.25 + 0.5 * this.level})`;
      context.lineWidth = 3;
      context.beginPath();
      context.arc(middle, middle, 172 + 16 * this.level, 0, 2 * Math.PI);
      context.stroke();
    }
    for (const { angle, pitch, born } of this.stars) {
      const age = Math.max(0, now - born) / LIFE_MS;
      const radius = 196 + pitch * (middle - 208);
      const size = 2.2 + 5 * Math.max(0, 0.12 - age) / 0.12;
      context.fillStyle = `hsla(${14 + 40 * pitch}, 100%, ${66 + 12 * pitch}%, ${1 - age})`;
      context.beginPath();
      context.arc(
        middle + radius * Math.cos(angle),
        middle + radius * Math.sin(angle),
        size,
        0,
        2 * Math.PI,
      );
      context.fill();
    }
    if (this.on || this.stars.length) this.frame = requestAnimationFrame((next) => this.draw(next));
  }
}
