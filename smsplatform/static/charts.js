"use strict";
// Draws every figure[data-chart] of the numbers beside it. Colours are those of its legend, letters
// those of the page; where this does not run, the table below shows the same.
(() => {
  const drawn = new Map();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const colour = (element, property) => getComputedStyle(element)[property];

  const axes = (names, letters, line) => ({
    grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
    xAxis: {
      type: "category", data: names, axisLabel: { color: letters, hideOverlap: true },
      axisLine: { lineStyle: { color: line } }, axisTick: { show: false },
    },
    yAxis: {
      type: "value", minInterval: 1, axisLabel: { color: letters }, splitLine: { lineStyle: { color: line } },
    },
  });

  const series = (facts, colours) => {
    if (facts.kind === "pie") {
      const values = facts.series[0].values;
      const data = facts.names.map((name, index) => ({
        name, value: values[index], itemStyle: { color: colours[index] },
      }));
      return [{ type: "pie", radius: ["45%", "75%"], label: { show: false }, data }];
    }
    return facts.series.map((each, index) => ({
      name: each.label, data: each.values, color: colours[index],
      type: facts.kind === "line" ? "line" : "bar",
      stack: facts.kind === "stack" ? "all" : undefined,
      barMaxWidth: 36, symbol: "circle", symbolSize: 5,
    }));
  };

  const options = (figure, facts) => {
    const frame = figure.querySelector(".table-scroll table");
    const letters = colour(figure.querySelector("figcaption"), "color");
    const line = colour(frame.querySelector("td"), "borderBottomColor");
    const colours = [...figure.querySelectorAll(".swatch")].map((one) => colour(one, "backgroundColor"));
    const isPie = facts.kind === "pie";
    return {
      animation: !still.matches,
      aria: { enabled: false },
      textStyle: { fontFamily: colour(document.body, "fontFamily") },
      // Drawn, not written as HTML: a tooltip of HTML would need a style inline.
      tooltip: { trigger: isPie ? "item" : "axis", renderMode: "richText", confine: true },
      ...(isPie ? {} : axes(facts.names, letters, line)),
      series: series(facts, colours),
    };
  };

  const draw = (figure) => {
    const canvas = figure.querySelector(".chart-canvas");
    const facts = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    if (!drawn.has(figure)) {
      canvas.hidden = false;
      figure.querySelector(".chart-data").open = false;
      drawn.set(figure, window.echarts.init(canvas, null, { renderer: "canvas" }));
    }
    drawn.get(figure).setOption(options(figure, facts), true);
  };

  const forget = () => {
    for (const [figure, chart] of drawn) {
      if (figure.isConnected) continue;
      chart.dispose();
      drawn.delete(figure);
    }
  };

  const drawAll = () => {
    forget();
    for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure);
  };

  window.addEventListener("resize", () => { for (const chart of drawn.values()) chart.resize(); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    document.body.addEventListener("htmx:load", drawAll);
  });
})();
