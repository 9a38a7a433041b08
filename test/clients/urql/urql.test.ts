import { keepsListsRight, ONE } from '../kept-right.js';
import { open } from './open.js';

keepsListsRight('urql with graphcache', open, ONE);
