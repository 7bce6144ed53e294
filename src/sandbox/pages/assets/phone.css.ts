export const PHONE_CSS = String.raw`.phone {
  --case: #10171d;
  --bar: #075e54;
  --bar-ink: #ffffff;
  --wall: #e9e1d6;
  --wall-ink: rgb(120 100 70 / 9%);
  --in: #ffffff;
  --out: #d9fdd3;
  --bubble-ink: #111b21;
  --bubble-soft: #5c6b73;
  --link: #0269a4;
  --ticks: #2a94d6;
  display: flex;
  flex-direction: column;
  overflow: hidden;
  background: var(--wall);
}
@media (prefers-color-scheme: dark) {
  .phone {
    --case: #2c3943;
    --bar: #1f2c34;
    --wall: #0b141a;
    --wall-ink: rgb(255 255 255 / 3%);
    --in: #202c33;
    --out: #005c4b;
    --bubble-ink: #e9edef;
    --bubble-soft: #9fb0b9;
    --link: #6cc1ef;
    --ticks: #53bdeb;
  }
}
.alone .phone { height: 100dvh; max-width: 640px; margin: 0 auto; }
.bar { display: flex; align-items: center; gap: 11px; padding: 10px 14px 8px; background: var(--bar); color: var(--bar-ink); }
.avatar { display: grid; place-items: center; flex: none; width: 40px; height: 40px; border-radius: 50%; background: #fff; }
.bar div { flex: 1; min-width: 0; line-height: 1.25; }
.bar b { display: block; font-size: 16.5px; font-weight: 600; }
.bar small, .bar select { font-size: 13px; opacity: .9; }
.bar select { max-width: 100%; padding: 0; border: 0; background: none; color: inherit; font-variant-numeric: tabular-nums; }
.bar option { color: #111; }
.phone [role="tablist"] { display: grid; grid-template-columns: 1fr 1fr; background: var(--bar); }
.phone [role="tab"] { padding: 9px 0 8px; border: 0; border-bottom: 3px solid transparent; background: none; color: var(--bar-ink); font-size: 14px; font-weight: 600; opacity: .75; }
.phone [role="tab"][aria-selected="true"] { border-color: currentColor; opacity: 1; }
.phone [role="tab"] i { margin-left: 7px; padding: 0 7px; border-radius: 99px; background: rgb(255 255 255 / 22%); font-size: 12px; font-style: normal; }
.chat {
  flex: 1;
  min-height: 0;
  overflow-y: auto;
  overscroll-behavior: contain;
  scrollbar-width: thin;
  padding: 14px 12px 18px;
  background-image: radial-gradient(var(--wall-ink) 1.5px, transparent 1.6px);
  background-size: 16px 16px;
}
.chat .quiet { margin: 22vh auto 0; max-width: 270px; padding: 12px 16px; border-radius: 12px; background: var(--in); color: var(--bubble-soft); text-align: center; font-size: 14px; }
.bubble {
  position: relative;
  width: fit-content;
  max-width: min(88%, 420px);
  margin-bottom: 10px;
  padding: 7px 10px 5px;
  border-radius: 4px 12px 12px 12px;
  background: var(--in);
  color: var(--bubble-ink);
  box-shadow: 0 1px 1px rgb(11 20 26 / 13%);
  font-size: 14.5px;
  line-height: 1.4;
  animation: arrive .25s ease-out;
}
@keyframes arrive { from { opacity: 0; transform: translateY(8px); } }
.bubble.own { margin-left: auto; border-radius: 12px 4px 12px 12px; background: var(--out); }
.bubble .text { white-space: pre-wrap; overflow-wrap: anywhere; }
.bubble a { color: var(--link); }
.bubble .qr { display: block; width: 240px; max-width: 100%; height: auto; margin: 0 auto; border-radius: 8px; background: #fff; }
.bubble footer { display: flex; justify-content: flex-end; align-items: center; gap: 5px; margin-top: 1px; font-size: 11.5px; color: var(--bubble-soft); }
.bubble .ticks { letter-spacing: -4px; padding-right: 4px; }
.bubble .ticks.read { color: var(--ticks); }
.bubble .undelivered { color: #c62828; font-weight: 600; }
.bubble .sms { margin-right: auto; font-weight: 600; }
.scan { display: block; width: 240px; max-width: 100%; margin: 8px auto 10px; padding: 9px; border: 1px solid color-mix(in srgb, var(--bubble-soft) 35%, transparent); border-radius: 10px; background: none; color: var(--link); font-weight: 600; }
.scan:disabled { color: var(--bubble-soft); cursor: default; }
.mailbox { flex: 1; min-height: 0; display: flex; flex-direction: column; overflow-y: auto; background: var(--card); color: var(--ink); }
.mailbox .quiet { margin: auto; padding: 20px; color: var(--soft); font-size: 14px; text-align: center; }
.mailbox .mail { display: block; width: 100%; padding: 12px 16px; border: 0; border-bottom: 1px solid var(--line); background: none; text-align: left; }
.mail span { display: flex; gap: 10px; justify-content: space-between; font-size: 13px; color: var(--soft); }
.mail b { display: block; font-size: 15px; font-weight: 600; }
.opened { flex: 1; min-height: 0; display: flex; flex-direction: column; }
.opened header { display: flex; align-items: center; gap: 8px; padding: 8px 12px; border-bottom: 1px solid var(--line); font-size: 14px; }
.opened header button { padding: 6px 10px; border: 1px solid var(--line); border-radius: 9px; background: var(--soft-card); white-space: nowrap; }
.opened header b { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.opened iframe { flex: 1; width: 100%; min-height: 0; border: 0; background: #f2f4f7; color-scheme: light; }
@media (min-width: 760px) {
  body:not(.alone) .phone { border: 9px solid var(--case); border-radius: 34px; box-shadow: 0 14px 40px rgb(16 32 48 / 22%); }
}
`;
