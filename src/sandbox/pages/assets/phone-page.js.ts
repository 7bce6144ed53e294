export const PHONE_PAGE_JS = String.raw`import { toast } from './dom.js';
import { createPhone } from './phone.js';
import { watch } from './server.js';

const show = createPhone(document.getElementById('phone'));

watch((state, error) => {
  if (error) toast(error.message, true);
  else show(state);
});
`;
