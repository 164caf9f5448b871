{# Text as people write it: compared without punctuation, shown without telephone numbers. #}

{% macro replace_all(text, pattern, replacement) -%}
  {{ adapter.dispatch('replace_all', 'fuyou')(text, pattern, replacement) }}
{%- endmacro %}

{% macro duckdb__replace_all(text, pattern, replacement) -%}
  regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_all(text, pattern, replacement) -%}
  regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{# A name or an issue without numbering, blanks, punctuation, width and case, so that two spellings of one text are equal. #}
{% macro plain_text(text) -%}
  lower({{ fuyou.replace_all(
      fuyou.replace_all(fuyou.half_width(text), '^[ 　]*[（(]?[0-9０-９]{1,2}[)）.．、][ 　]*', ''),
      '[ 　\t\r\n,，.。．、;；:：!！?？()（）《》“”‘’·—_-]+', ''
  ) }})
{%- endmacro %}

{# Letters and digits of full width as those of half width. #}
{% macro half_width(text) -%}
  translate(
      {{ text }},
      'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  )
{%- endmacro %}

{# The distinct texts of a group in order, joined by ；; null if there are none. #}
{% macro joined_texts(text) -%}
  {{ adapter.dispatch('joined_texts', 'fuyou')(text) }}
{%- endmacro %}

{% macro duckdb__joined_texts(text) -%}
  string_agg(distinct {{ text }}, '；' order by {{ text }})
{%- endmacro %}

{% macro spark__joined_texts(text) -%}
  nullif(array_join(array_sort(collect_set({{ text }})), '；'), '')
{%- endmacro %}

{# Telephone numbers (mobile, with area code, after the word) are masked: contact data stay in the archive. #}
{% macro masked(text) -%}
  {{ fuyou.replace_all(
      text,
      '1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|0[0-9]{2,3}[- ]?[0-9]{7,8}|(电话|手机|联系方式|微信|QQ)(号码|号)?[:： ]*[0-9][0-9 -]{4,}[0-9]',
      '（联系方式略）'
  ) }}
{%- endmacro %}

{# An amount in 万元 as people read it. #}
{% macro wan_text(amount) -%}
  (cast(cast(round({{ amount }}, 2) as decimal(20, 2)) as string) || '万元')
{%- endmacro %}
