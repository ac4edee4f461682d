// The way in: paints the remembered theme, then the window.
import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { applyTheme, rememberedTheme, session } from '$lib/session.svelte';

applyTheme(rememberedTheme());
void session.start();
const target = document.getElementById('app');
if (target) mount(App, { target });
