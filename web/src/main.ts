/** Shows the app in the person's language and theme. */
import "./look/tokens.css";
import "./look/base.css";
import "./look/prose.css";
import "./look/print.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { screen, storedLanguage } from "./i18n/language.svelte";
import { showTheme, storedTheme } from "./state/view.svelte";

showTheme(storedTheme());
await screen.show(storedLanguage());
mount(App, { target: document.body });
