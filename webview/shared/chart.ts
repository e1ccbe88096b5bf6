/** Line charts that share a cursor and a zoom. The only file that imports uPlot. Colours come from the theme, and change with it. */

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { dashes, drawMarker, markers, readPalette, type Palette } from './chartInk.ts';
import { h } from './dom.ts';

export interface Point {
  x: number;
  y: number;
}

export interface ChartLine {
  label: string;
  /** Ascending. Lines of one chart may have different x. */
  x: ArrayLike<number>;
  /** Non-finite values leave a gap. */
  y: ArrayLike<number>;
  /** Same length as `y`; drawn strong over a faint `y`. Without it `y` is drawn strong. */
  smooth?: ArrayLike<number>;
  /** Points measured apart from the line, never smoothed: drawn as open markers. */
  evals?: readonly Point[];
}

export interface ChartData {
  lines: readonly ChartLine[];
  /** Diamonds on the x axis. */
  marks: readonly number[];
}

export interface ChartOptions {
  /** Read by screen readers, before the value under the cursor. */
  title: string;
  heightPx: number;
  /** From the extent of what is visible to the extent of the axis. */
  range(min: number, max: number): [number, number];
  formatTicks(values: readonly number[]): string[];
  /** The line under the cursor in words, for screen readers. */
  describe(x: number): string;
}

/** What the x axis counts. */
export interface XAxis {
  name: string;
  tick(value: number): string;
  /** With its unit: "step 412". */
  label(value: number): string;
  /** Distances between ticks that read well; the library's own when absent. */
  steps?: number[];
}

export interface Chart {
  readonly element: HTMLElement;
  setData(data: ChartData): void;
  dispose(): void;
}

export interface ChartGroup {
  add(options: ChartOptions): Chart;
  /** Where the cursor is, null when it is nowhere. */
  readonly cursor: number | null;
  readonly zoom: readonly [number, number] | null;
  setAxis(axis: XAxis): void;
  /** What is shown while nobody has zoomed. */
  setExtent(from: number, to: number): void;
  setCursor(x: number | null): void;
  setZoom(range: readonly [number, number] | null): void;
}

export interface GroupListeners {
  onCursor?(x: number | null): void;
  onZoom?(range: readonly [number, number] | null): void;
}

interface Member {
  redraw(): void;
  moveCursor(hot: boolean): void;
  rebuild(): void;
}

export function createChartGroup(initialAxis: XAxis, listeners: GroupListeners = {}): ChartGroup {
  const members = new Set<Member>();
  let palette: Palette | undefined;
  const state = { axis: initialAxis, cursor: null as number | null, zoom: null as readonly [number, number] | null, extent: [0, 1] as [number, number], hot: undefined as Member | undefined };

  const themeWatch = new MutationObserver(() => {
    palette = undefined;
    for (const member of members) member.rebuild();
  });
  themeWatch.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  themeWatch.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });

  const group: ChartGroup = {
    add: (options) => addChart(options),
    get cursor() {
      return state.cursor;
    },
    get zoom() {
      return state.zoom;
    },
    setAxis(axis) {
      state.axis = axis;
      state.cursor = null;
    },
    setExtent: (from, to) => void (state.extent = [from, to > from ? to : from + 1]),
    setCursor(x) {
      if (x === state.cursor) return;
      state.cursor = x;
      if (x === null) state.hot = undefined;
      for (const member of members) member.moveCursor(member === state.hot);
      listeners.onCursor?.(x);
    },
    setZoom(range) {
      state.zoom = range;
      for (const member of members) member.redraw();
      listeners.onZoom?.(range);
    },
  };
  return group;

  function addChart(options: ChartOptions): Chart {
    const pill = h('span', { class: 'pt-chart-pill', hidden: true });
    // A slider is what a screen reader knows for "arrows move along an axis, and something is read out".
    const element = h('div', { class: 'pt-chart', tabindex: 0, role: 'slider', 'aria-label': options.title, 'aria-orientation': 'horizontal', 'aria-valuemin': 0, 'aria-valuemax': 0, 'aria-valuenow': 0, 'aria-valuetext': '' });
    let data: ChartData = { lines: [], marks: [] };
    let plot: uPlot | undefined;
    let lineCount = 0;
    let moving = false;
    let inView = true;
    let stale = false;

    const hasValues = () => data.lines.some((line) => line.x.length > 0);
    const colours = () => (palette ??= readPalette());
    const range = () => state.zoom ?? state.extent;

    const build = () => {
      plot?.destroy();
      lineCount = data.lines.length;
      plot = new uPlot(plotOptions(), aligned(data), element);
      plot.over.append(pill);
    };

    const plotOptions = (): uPlot.Options => {
      const { font } = colours();
      const axisText = { font: `11px ${font}`, stroke: () => colours().muted, ticks: { show: false } };
      return {
        width: Math.max(120, element.clientWidth),
        height: options.heightPx,
        padding: [6, 10, 0, 0],
        legend: { show: false },
        scales: { x: { time: false, range: () => [...range()] as [number, number] }, y: { range: (_u, min, max) => visibleRange(min, max) } },
        axes: [
          { ...axisText, size: 20, gap: 4, space: 48, grid: { show: false }, border: { show: true, width: 1, stroke: () => colours().line }, values: (u, splits) => splits.map((v) => axisTick(u, v)), ...(state.axis.steps ? { incrs: state.axis.steps } : {}) },
          { ...axisText, size: 46, gap: 6, space: 26, grid: { stroke: () => colours().grid, width: 1 }, values: (_u, splits) => (hasValues() ? options.formatTicks(splits) : splits.map(() => '')) },
        ],
        series: [{}, ...data.lines.flatMap((line, i) => seriesOptions(line, i))],
        cursor: {
          y: false,
          drag: { x: true, y: false, setScale: false },
          points: { show: (_u, seriesIndex) => cursorPoint(seriesIndex) },
          bind: { dblclick: () => () => (group.setZoom(null), null) },
        },
        hooks: {
          setCursor: [onCursor],
          setSelect: [onSelect],
          draw: [drawMarks],
        },
      };
    };

    // The library knows the lines only; markers have to fit in as well.
    const visibleRange = (lineMin: number | null, lineMax: number | null): [number, number] => {
      const [from, to] = range();
      let low = lineMin ?? Infinity;
      let high = lineMax ?? -Infinity;
      for (const line of data.lines) {
        for (const { x, y } of line.evals ?? []) {
          if (x < from || x > to || !Number.isFinite(y)) continue;
          low = Math.min(low, y);
          high = Math.max(high, y);
        }
      }
      return options.range(low, high);
    };

    /** The last ticks make room for the name of the axis, which stands at its right end. */
    const axisTick = (u: uPlot, value: number): string => {
      const [from, to] = range();
      const free = 1 - (state.axis.name.length * 6 + 22) / Math.max(1, u.bbox.width / uPlot.pxRatio);
      return (value - from) / (to - from) > free ? '' : state.axis.tick(value);
    };

    // Two plot series for each line: what was measured, and the smoothed line (or the measured one, drawn strong) over it.
    const seriesOptions = (line: ChartLine, i: number): uPlot.Series[] => {
      const stroke = () => colours().series[i % 4]!;
      const faint = data.lines.length > 2 ? 0.16 : 0.28;
      const dash = dashes[i % 4]!;
      return [
        { label: line.label, stroke, width: 1, alpha: faint, points: { show: false }, spanGaps: false },
        { label: line.label, stroke, width: 1.75, ...(dash.length > 0 ? { dash } : {}), points: { show: false }, spanGaps: false },
      ];
    };

    const cursorPoint = (seriesIndex: number): HTMLElement => {
      const point = h('div', { class: `pt-chart-point pt-${markers[Math.floor((seriesIndex - 1) / 2) % 4]}` });
      if (seriesIndex % 2 === 1) point.hidden = true; // the faint line has none
      return point;
    };

    const onCursor = (u: uPlot) => {
      if (moving) return;
      const left = u.cursor.left ?? -1;
      const idx = u.cursor.idx;
      if (left < 0 || idx === null || idx === undefined) {
        if (document.activeElement !== element) group.setCursor(null);
        return;
      }
      state.hot = member;
      group.setCursor(u.data[0][idx] ?? null);
      place(true);
    };

    const onSelect = (u: uPlot) => {
      const { left, width } = u.select;
      if (width >= 6) group.setZoom([u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]);
      moving = true;
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      moving = false;
    };

    const place = (hot: boolean) => {
      if (!plot) return;
      const x = state.cursor;
      const [from, to] = range();
      const visible = x !== null && x >= from && x <= to;
      pill.hidden = !visible || !hot;
      if (!visible) return;
      const left = plot.valToPos(x, 'x');
      if (hot) {
        pill.textContent = state.axis.label(x);
        const half = pill.offsetWidth / 2;
        pill.style.left = `${Math.max(0, Math.min(plot.over.clientWidth - 2 * half, left - half))}px`;
      }
    };

    const drawMarks = (u: uPlot) => {
      const { ctx } = u;
      const px = uPlot.pxRatio;
      const { left, top, width, height } = u.bbox;
      const { series, text, background } = colours();
      const [from, to] = range();
      ctx.save();
      ctx.beginPath();
      ctx.rect(left - 4 * px, top - 4 * px, width + 8 * px, height + 8 * px);
      ctx.clip();
      data.lines.forEach((line, i) => {
        const colour = series[i % 4]!;
        for (const { x, y } of line.evals ?? []) {
          if (x >= from && x <= to && Number.isFinite(y)) drawMarker(ctx, markers[i % 4]!, u.valToPos(x, 'x', true), u.valToPos(y, 'y', true), 3.2 * px, colour, background, 1.3 * px);
        }
        const last = lastFinite(line.smooth ?? line.y);
        if (last >= 0 && line.x[last]! >= from && line.x[last]! <= to) drawMarker(ctx, 'circle', u.valToPos(line.x[last]!, 'x', true), u.valToPos((line.smooth ?? line.y)[last]!, 'y', true), 2.4 * px, colour, colour, px);
      });
      for (const x of data.marks) if (x >= from && x <= to) drawMarker(ctx, 'diamond', u.valToPos(x, 'x', true), top + height, 3.2 * px, text, text, 0);
      ctx.restore();
      ctx.save();
      ctx.font = `${11 * px}px ${colours().font}`;
      ctx.fillStyle = colours().muted;
      ctx.textAlign = 'right';
      ctx.textBaseline = 'top';
      ctx.fillText(state.axis.name, left + width, top + height + 5 * px);
      ctx.restore();
    };

    const member: Member = {
      rebuild: build,
      redraw() {
        stale = !inView;
        if (!plot || stale) return;
        if (lineCount === data.lines.length) plot.setData(aligned(data));
        else build();
        member.moveCursor(state.hot === member);
      },
      moveCursor(hot) {
        if (!plot) return;
        moving = true;
        const x = state.cursor;
        const [from, to] = range();
        if (x === null || x < from || x > to) plot.setCursor({ left: -10, top: -10 }, false);
        else plot.setCursor({ left: plot.valToPos(x, 'x'), top: 0 }, false);
        moving = false;
        place(hot);
        if (x !== null) element.setAttribute('aria-valuenow', String(x));
        if (document.activeElement === element) element.setAttribute('aria-valuetext', x === null ? '' : options.describe(x));
      },
    };
    members.add(member);
    element.addEventListener('keydown', (event) => onKey(event, member, () => plot?.data[0] ?? []));

    const resize = new ResizeObserver(() => {
      if (!plot) build();
      else if (element.clientWidth > 0 && Math.abs(plot.width - element.clientWidth) >= 1) plot.setSize({ width: element.clientWidth, height: options.heightPx });
      member.moveCursor(state.hot === member);
    });
    resize.observe(element);
    // A run has a dozen charts, and a screen shows six: what is scrolled away is drawn when it comes back.
    const sight = new IntersectionObserver(
      (entries) => {
        inView = entries.at(-1)!.isIntersecting;
        if (inView && stale) member.redraw();
      },
      { rootMargin: '100px' },
    );
    sight.observe(element);

    return {
      element,
      setData(next) {
        data = next;
        const [from, to] = state.extent;
        element.setAttribute('aria-valuemin', String(from));
        element.setAttribute('aria-valuemax', String(to));
        member.redraw();
      },
      dispose() {
        resize.disconnect();
        sight.disconnect();
        members.delete(member);
        plot?.destroy();
        element.remove();
      },
    };
  }

  /** One logged point a key press, ten with Shift; plus and minus zoom at the cursor. */
  function onKey(event: KeyboardEvent, member: Member, points: () => ArrayLike<number>): void {
    const xs = points();
    const at = state.cursor === null ? xs.length : nearestIndex(xs, state.cursor);
    const go = (index: number) => {
      state.hot = member;
      group.setCursor(xs[Math.max(0, Math.min(xs.length - 1, index))] ?? null);
    };
    const stride = event.shiftKey ? 10 : 1;
    if (event.key === 'ArrowLeft') go(at - stride);
    else if (event.key === 'ArrowRight') go(at + stride);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(xs.length - 1);
    else if (event.key === '+' || event.key === '=') zoomBy(0.5);
    else if (event.key === '-') zoomBy(2);
    else if (event.key === 'Escape' && (state.cursor !== null || state.zoom !== null)) {
      group.setCursor(null);
      group.setZoom(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function zoomBy(factor: number): void {
    const [from, to] = state.zoom ?? state.extent;
    const centre = state.cursor ?? (from + to) / 2;
    const half = ((to - from) * factor) / 2;
    const next: [number, number] = [Math.max(state.extent[0], centre - half), Math.min(state.extent[1], centre + half)];
    group.setZoom(next[0] <= state.extent[0] && next[1] >= state.extent[1] ? null : next);
  }
}

/** Index of the nearest value in an ascending list, -1 for an empty one. */
export function nearestIndex(xs: ArrayLike<number>, x: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle;
    else high = middle;
  }
  return Math.abs(xs[low]! - x) <= Math.abs(xs[high]! - x) ? low : high;
}

/** The library wants one x for all series, and null where there is no value. */
function aligned(data: ChartData): uPlot.AlignedData {
  const tables = data.lines.map((line): uPlot.AlignedData => {
    const raw = nullable(line.y);
    return [Array.from(line.x), line.smooth ? raw : raw.map(() => null), line.smooth ? nullable(line.smooth) : raw];
  });
  const [first] = tables;
  if (!first) return [[]];
  const same = tables.every((table) => table[0].length === first[0].length && table[0][0] === first[0][0] && table[0].at(-1) === first[0].at(-1));
  if (same) return [first[0], ...tables.flatMap((table) => table.slice(1) as (number | null)[][])];
  return uPlot.join(tables);
}

function nullable(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

function lastFinite(values: ArrayLike<number>): number {
  let i = values.length - 1;
  while (i >= 0 && !Number.isFinite(values[i])) i--;
  return i;
}
