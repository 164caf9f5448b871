// Draws the charts of the page from the specifications inlined beside it. No request, no animation.
(function () {
  "use strict";
  var FONT = '"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif';
  // Okabe and Ito: apart for every kind of colour vision; patterns and labels say it again.
  var COLOURS = ["#0072B2", "#E69F00", "#56B4E9", "#D55E00", "#8C8C8C", "#009E73"];
  var CLASSES = { A: "#0072B2", B: "#56B4E9", C: "#E69F00", D: "#D55E00", T: "#8C8C8C" };
  var SYMBOLS = ["circle", "rect", "triangle", "diamond"];
  var BOUND = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 6], rotation: -0.785, color: "rgba(0,114,178,.55)" };
  var SOLID = "path://M0 0H30V2H0Z", DOTTED = "path://M0 0H5V2H0ZM8 0H13V2H8ZM16 0H21V2H16ZM24 0H29V2H24Z";
  // Faint, so that the patterns tell series apart on a grey print and do not shout on a screen.
  var FAINT = "rgba(255,255,255,.45)";
  var DECALS = [{ symbol: "none" },
    { symbol: "rect", color: FAINT, dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: 0.785 },
    { symbol: "circle", color: FAINT, dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0], symbolSize: 0.5 },
    { symbol: "rect", color: FAINT, dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: -0.785 },
    { symbol: "rect", color: FAINT, dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: 0 }];
  var PRINT_WIDTH = 980;
  var specs = JSON.parse(document.getElementById("charts").textContent);
  var drawn = [];

  function text(value, digits, unit) {
    return value === null || value === undefined ? "—" : Number(value).toFixed(digits) + (unit || "");
  }

  function base(spec) {
    return {
      animation: false,
      color: COLOURS,
      textStyle: { fontFamily: FONT, color: "#1c1c1c", fontSize: 13 },
      legend: { top: 0, left: 0, itemGap: 16, textStyle: { color: "#1c1c1c" }, selectedMode: false },
      grid: { left: 8, right: 24, top: 44, bottom: 8, containLabel: true },
      tooltip: { trigger: "axis", confine: true, axisPointer: { type: "shadow" },
        valueFormatter: function (value) { return text(value, spec.digits, spec.unit); } },
      aria: { enabled: true, label: { enabled: false }, decal: { show: true, decals: DECALS } }
    };
  }

  function categoryAxis(values, extra) {
    return Object.assign({ type: "category", data: values, axisTick: { show: false },
      axisLabel: { color: "#1c1c1c", interval: 0 } }, extra || {});
  }

  function valueAxis(spec) {
    return { type: "value", min: function (range) { return range.min < 0 ? Math.floor(range.min - .12 * (Math.max(0, range.max) - range.min)) : 0; }, axisLabel: { color: "#1c1c1c", hideOverlap: true }, splitLine: { lineStyle: { color: "#e3e6e9" } } };
  }

  function bars(spec, width) {
    var option = base(spec);
    option.xAxis = categoryAxis(spec.categories, { axisLine: { onZero: false } });
    // Names of units break over lines where the page is narrow.
    Object.assign(option.xAxis.axisLabel, { width: (width - 70) / spec.categories.length - 6, overflow: "break" });
    option.yAxis = valueAxis(spec);
    option.series = spec.series.map(function (one) {
      var style = one.is_bound ? { color: "#fff", borderColor: "#0072B2", borderWidth: 1.5, decal: BOUND } : {};
      return { type: "bar", name: one.name, barMaxWidth: 44, itemStyle: style,
        data: one.values.map(function (value) {
          return { value: value, label: { position: value < 0 ? "bottom" : "top" } };
        }),
        label: { show: true, distance: 3, color: "#1c1c1c", fontSize: 12, backgroundColor: "rgba(255,255,255,.9)", padding: [1, 3],
          formatter: function (point) { return text(point.value, spec.digits); } } };
    });
    if (spec.target) {
      option.yAxis.max = function (range) { return Math.ceil(Math.max(range.max, spec.target.value) * 1.15); };
      option.yAxis.axisLabel.showMaxLabel = false;
      option.series[0].markLine = { symbol: "none", silent: true, z: 1, data: [{ yAxis: spec.target.value }],
        lineStyle: { color: "#1c1c1c", type: "dashed", width: 1.5 },
        label: { formatter: spec.target.label, position: "insideEndTop", color: "#1c1c1c", fontWeight: "bold" } };
    }
    option.legend.show = spec.series.length > 1 || spec.series.some(function (one) { return one.is_bound; });
    return option;
  }

  function stacks(spec) {
    var option = base(spec);
    option.yAxis = categoryAxis(spec.categories, { inverse: true });
    option.xAxis = Object.assign(valueAxis(spec), { minInterval: 1 });
    option.series = spec.series.map(function (one) {
      return { type: "bar", stack: "all", name: one.name, data: one.values, barMaxWidth: 26,
        itemStyle: CLASSES[one.class] ? { color: CLASSES[one.class] } : {},
        label: { show: true, color: "#1c1c1c", fontSize: 12, backgroundColor: "rgba(255,255,255,.86)", padding: [1, 3], borderRadius: 2,
          formatter: function (point) { return point.value ? String(point.value) : ""; } },
        labelLayout: { hideOverlap: true } };
    });
    return option;
  }

  function paths(spec) {
    var option = base(spec);
    var years = [];
    for (var t = 0; t <= spec.years * 4; t += 1) { years.push(t / 4); }
    function line(name, value, type) {
      return { type: "line", name: name, data: years.map(function (t) { return [t, value(t)]; }), symbol: "none",
        lineStyle: { color: "#1c1c1c", type: type, width: 1.5 }, itemStyle: { color: "#1c1c1c" }, tooltip: { show: false } };
    }
    option.xAxis = { type: "value", min: 0, max: spec.years, interval: 1, splitLine: { show: false },
      axisLabel: { color: "#1c1c1c", formatter: function (t) { return String(spec.base_year + t); } } };
    option.yAxis = { type: "value", min: function (range) { return Math.min(0.8, Math.floor(range.min * 5) / 5); }, axisLabel: { color: "#1c1c1c" }, splitLine: { lineStyle: { color: "#e3e6e9" } } };
    option.tooltip.trigger = "item";
    option.tooltip.formatter = function (point) { return point.marker + text(point.value[1], spec.digits, "倍"); };
    option.series = [
      line("等比路径", function (t) { return Math.pow(2, t / spec.years); }, "solid"),
      line("线性路径", function (t) { return 1 + t / spec.years; }, "dotted")
    ].concat(spec.series.map(function (one, index) {
      return { type: "line", name: one.name, data: one.points, symbol: SYMBOLS[index % SYMBOLS.length], symbolSize: 11,
        lineStyle: { color: COLOURS[index % COLOURS.length], width: 1 },
        itemStyle: { color: COLOURS[index % COLOURS.length], borderColor: "#1c1c1c", borderWidth: 1 } };
    }));
    option.legend.data = option.series.map(function (one) {
      return one.symbol === "none" ? { name: one.name, icon: one.lineStyle.type === "solid" ? SOLID : DOTTED } : { name: one.name, icon: one.symbol };
    });
    option.grid.top = spec.series.length > 2 ? 84 : 64;
    return option;
  }

  var KINDS = { bars: bars, stacks: stacks, paths: paths };

  Object.keys(specs).forEach(function (id) {
    var place = document.getElementById(id);
    var chart = echarts.init(place, null, { renderer: "svg" });
    drawn.push({ chart: chart, place: place, spec: specs[id] });
  });

  function draw(width) {
    drawn.forEach(function (one) {
      var wide = width || one.place.clientWidth;
      one.chart.resize({ width: wide, height: one.spec.height });
      one.chart.setOption(KINDS[one.spec.kind](one.spec, wide), true);
    });
  }
  draw();
  var waiting = null;
  window.addEventListener("resize", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () { draw(); }, 100);
  });
  var folded = [];
  window.addEventListener("beforeprint", function () {
    var brief = document.documentElement.dataset.print === "brief";
    folded = Array.prototype.filter.call(document.querySelectorAll(brief ? "details.data" : "details"),
      function (one) { return !one.open; });
    folded.forEach(function (one) { one.open = true; });
    draw(PRINT_WIDTH);
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (one) { one.open = false; });
    delete document.documentElement.dataset.print;
    draw();
  });
  Array.prototype.forEach.call(document.querySelectorAll("button[data-print]"), function (button) {
    button.addEventListener("click", function () {
      document.documentElement.dataset.print = button.dataset.print;
      window.print();
    });
  });
  document.documentElement.dataset.drawn = String(drawn.length);
})();
