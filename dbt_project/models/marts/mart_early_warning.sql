-- 预警: which firm, which signal, how grave, on what evidence; thresholds with who set them.
select
    signals.month,
    signals.enterprise_id,
    enterprise.enterprise_name,
    enterprise.reporting_unit_code,
    signals.signal,
    rules.signal_name,
    signals.severity as warning_level,
    signals.evidence,
    signals.measured_value,
    signals.measured_unit,
    rules.threshold,
    rules.threshold_unit,
    rules.periods,
    rules.set_by,
    rules.set_note,
    signals.is_simulated
from {{ ref('int_warning__signals') }} as signals
inner join {{ parameter('warning_rule') }} as rules
    on signals.signal = rules.signal and {{ in_force('rules', year_of('signals.month')) }}
left join {{ ref('dim_enterprise') }} as enterprise
    on
        signals.enterprise_id = enterprise.enterprise_id
        and {{ holds_in('enterprise', 'signals.month') }}
