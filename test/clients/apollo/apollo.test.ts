import { keepsListsRight, ONE } from '../kept-right.js';
import { open } from './open.js';

keepsListsRight('Apollo Client', open, ONE);
