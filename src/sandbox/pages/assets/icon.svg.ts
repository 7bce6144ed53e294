/** A tyre. */
export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<circle cx="16" cy="16" r="15.2" fill="#16212b" stroke="#6f8090" stroke-width="1.2"/>
<circle cx="16" cy="16" r="12.4" fill="none" stroke="#3d4d5b" stroke-width="1.6" stroke-dasharray="2.2 1.7"/>
<circle cx="16" cy="16" r="8.6" fill="#e7edf2"/>
<path d="M16 9.4v13.2M9.4 16h13.2M11.3 11.3l9.4 9.4M20.7 11.3l-9.4 9.4" stroke="#8a9aa8" stroke-width="1.5"/>
<circle cx="16" cy="16" r="2.8" fill="#0b7a55"/>
</svg>
`;
