import 'swagger-ui-dist/swagger-ui.css';
import './docs.css';

import { SwaggerUIBundle } from 'swagger-ui-dist';

const root = document.documentElement;
root.classList.toggle('dark-mode', root.dataset.mantineColorScheme === 'dark');

/** The API's description, rendered; requests can be tried with a token typed in by hand. */
SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  // The online validator would send the document to somebody else.
  validatorUrl: null,
});
