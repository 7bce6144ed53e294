export const ORDERS_CSS = String.raw`.order { margin-bottom: 12px; padding: 14px; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
.order.latest { box-shadow: var(--shadow); }
.order header { display: flex; align-items: center; gap: 8px; flex-wrap: wrap; }
.order header b { margin-right: auto; font-size: 15px; font-variant-numeric: tabular-nums; }
.badge { padding: 2px 10px; border-radius: 99px; font-size: 12.5px; font-weight: 650; white-space: nowrap; }
.badge.wait { background: var(--wait-soft); color: var(--wait-text); }
.badge.good { background: var(--go-soft); color: var(--go-text); }
.badge.bad { background: var(--stop-soft); color: var(--stop-text); }
.badge.info { background: var(--info-soft); color: var(--info-text); }
.order .lines { margin: 8px 0 6px; font-size: 14px; line-height: 1.4; }
.order .facts { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; color: var(--soft); }
.order .facts strong { color: var(--ink); font-weight: 650; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.actions > * {
  display: inline-flex;
  align-items: center;
  min-height: 38px;
  padding: 0 13px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--soft-card);
  font-size: 14px;
  font-weight: 550;
  text-decoration: none;
}
.actions .pay { background: var(--go); border-color: var(--go); color: var(--go-ink); }
.actions .danger { color: var(--stop-text); }
.actions button:disabled { opacity: .5; }
.timeline { margin-top: 10px; font-size: 13px; color: var(--soft); }
.timeline summary { cursor: pointer; }
.timeline li { display: flex; gap: 10px; padding: 3px 0; }
.timeline li:first-child { margin-top: 6px; }
.timeline time { flex: none; font-variant-numeric: tabular-nums; }
.timeline span { color: var(--ink); overflow-wrap: anywhere; }
.empty { padding: 40px 20px; border: 1.5px dashed var(--line); border-radius: 14px; color: var(--soft); text-align: center; }
.empty span { display: block; margin-bottom: 8px; font-size: 34px; }
`;
